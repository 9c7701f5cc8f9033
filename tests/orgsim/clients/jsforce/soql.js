// Which of the queries in argv[2] (a list of texts) the Apex parser reads to their end.
const { ApexErrorListener, ApexParserFactory } = require('@apexdevtools/apex-parser');

class Listener extends ApexErrorListener {
  failed = false;

  apexSyntaxError() {
    this.failed = true;
  }
}

const reads = (text) => {
  const parser = ApexParserFactory.createParser(text);
  const listener = new Listener();
  parser.removeErrorListeners();
  parser.addErrorListener(listener);
  parser.query();
  return !listener.failed && parser.getCurrentToken().text === '<EOF>';
};

console.log(JSON.stringify(JSON.parse(process.argv[2]).map(reads)));
