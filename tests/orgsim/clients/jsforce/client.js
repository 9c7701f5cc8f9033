// One step of jsforce against the box: argv[2] is {step, url, username, token, …}; the last line printed is its JSON.
const jsforce = require('jsforce');

const asked = JSON.parse(process.argv[2]);
const log = () => new jsforce.Connection({
  instanceUrl: asked.url,
  accessToken: asked.token,
  version: asked.version || '62.0',
});

const steps = {
  async soapLogin() {
    const conn = new jsforce.Connection({ loginUrl: asked.url, version: asked.version || '62.0', logLevel: 'NONE' });
    const info = await conn.login(asked.username, 'password+token');
    const subjects = await conn.query('SELECT Id FROM Task');
    await conn.logout();
    return { id: info.id, organizationId: info.organizationId, total: subjects.totalSize };
  },
  async refusedLogin() {
    const conn = new jsforce.Connection({ loginUrl: asked.url, version: asked.version, logLevel: 'NONE' });
    return conn.login(asked.username, 'password+token').then(() => null, (error) => error.message);
  },
  async oauthLogin() {
    const oauth2 = { loginUrl: asked.url, clientId: 'orgsim-client', clientSecret: 'orgsim-secret' };
    const conn = new jsforce.Connection({ oauth2, version: '62.0' });
    const info = await conn.login(asked.username, 'pw');
    return { id: info.id, organizationId: info.organizationId };
  },
  async refresh() {
    const oauth2 = { loginUrl: asked.url, clientId: 'orgsim-client', clientSecret: 'orgsim-secret' };
    const conn = new jsforce.Connection({
      oauth2, instanceUrl: asked.url, accessToken: 'dead', refreshToken: asked.refresh, version: '62.0',
    });
    const found = await conn.query('SELECT Id FROM Task');
    return { total: found.totalSize, renewed: conn.accessToken !== 'dead' };
  },
  async identity() {
    const found = await log().identity();
    return { user: found.user_id, org: found.organization_id, name: found.username };
  },
  async record() {
    const tasks = log().sobject('Task');
    const made = await tasks.create({ Subject: 'a', Description: 'ünï 👍' });
    await tasks.update({ Id: made.id, Subject: 'b' });
    const read = await tasks.retrieve(made.id);
    const upserted = await tasks.upsert({ Subject: 'c', RemindersyncKey__c: 'k1' }, 'RemindersyncKey__c');
    const again = await tasks.upsert({ Subject: 'd', RemindersyncKey__c: 'k1' }, 'RemindersyncKey__c');
    await tasks.destroy(made.id);
    const gone = await tasks.retrieve(made.id).then(() => null, (error) => error.errorCode || error.name);
    return { made, subject: read.Subject, text: read.Description, upserted, again, gone };
  },
  async paging() {
    const conn = log();
    const first = await conn.query('SELECT Id FROM Task ORDER BY Id');
    const second = await conn.queryMore(first.nextRecordsUrl);
    const all = await conn.query('SELECT Id FROM Task', { autoFetch: true, maxFetch: 5000 });
    const bin = await conn.query('SELECT Id FROM Task WHERE IsDeleted = true', { scanAll: true });
    return { first: first.records.length, done: first.done, second: second.records.length, all: all.records.length, bin: bin.totalSize };
  },
  async collections() {
    const tasks = log().sobject('Task');
    const made = await tasks.create([{ Subject: 'a' }, { Subject: 'b' }, { Subject: 'c', OwnerId: 'x' }]);
    const ids = made.filter((one) => one.success).map((one) => one.id);
    const updated = await tasks.update(ids.map((Id) => ({ Id, Priority: 'High' })));
    const read = await tasks.retrieve(ids);
    const upserted = await tasks.upsert([{ Subject: 'd', RemindersyncKey__c: 'k2' }], 'RemindersyncKey__c');
    const deleted = await tasks.destroy(ids);
    return { made, updated, read: read.map((one) => one.Priority), upserted, deleted, ids };
  },
  async undelete() {
    const conn = log();
    const made = await conn.sobject('Task').create({ Subject: 'back' });
    await conn.sobject('Task').destroy(made.id);
    const results = await conn.soap.undelete([made.id, '00T00000000zzzzEAA']);
    const time = await conn.soap.getServerTimestamp();
    const read = await conn.sobject('Task').retrieve(made.id);
    return { results, subject: read.Subject, time: time.timestamp };
  },
  async conversion() {
    const conn = log();
    const made = await conn.sobject('Task').create({ Subject: 'call', WhoId: asked.lead });
    const [done] = await conn.soap.convertLead([{ leadId: asked.lead, convertedStatus: 'Closed - Converted' }]);
    const [again] = await conn.soap.convertLead([{ leadId: asked.lead, convertedStatus: 'Closed - Converted' }]);
    const read = await conn.sobject('Task').retrieve(made.id);
    return { done, again, who: read.WhoId };
  },
  async replication() {
    const tasks = log().sobject('Task');
    const made = await tasks.create([{ Subject: 'kept' }, { Subject: 'gone' }]);
    await tasks.destroy(made[1].id);
    const end = new Date(Date.now() + 120000).toISOString();
    const start = new Date(Date.now() - 480000).toISOString();
    const updated = await tasks.updated(start, end);
    const deleted = await tasks.deleted(start, end);
    return { kept: made[0].id, gone: made[1].id, updated: updated.ids, deleted: deleted.deletedRecords.map((one) => one.id) };
  },
  async bulk() {
    const conn = log();
    conn.bulk2.pollInterval = 20;
    const load = (operation, input, more) => conn.bulk2.loadAndWaitForResults({ object: 'Task', operation, input, ...more });
    const made = await load('insert', [
      { Subject: 'one', Priority: 'High', OwnerId: '' }, { Subject: 'two, "three"', Priority: '', OwnerId: 'x' },
    ]);
    const id = made.successfulResults[0].sf__Id;
    const updated = await load('update', [{ Id: id, Subject: 'once' }]);
    const upserted = await load('upsert', [{ RemindersyncKey__c: 'k', Subject: 'key' }], { externalIdFieldName: 'RemindersyncKey__c' });
    const found = await (await conn.bulk2.query('SELECT Id, Subject, Owner.Name FROM Task ORDER BY Subject', { pollInterval: 20 })).toArray();
    const deleted = await load('delete', [{ Id: id }]);
    return { made, updated, upserted, found, deleted };
  },
  async described() {
    const conn = log();
    const task = await conn.sobject('Task').describe();
    const global = await conn.describeGlobal();
    const limits = await conn.limits();
    const versions = await conn.request('/services/data');
    return { fields: task.fields.length, objects: global.sobjects.length, max: limits.DailyApiRequests.Max, versions: versions.length };
  },
  async errors() {
    const refused = (work) => work.then(() => null, (error) => [error.errorCode || error.name, error.message.slice(0, 60)]);
    const conn = log();
    const dead = new jsforce.Connection({ instanceUrl: asked.url, accessToken: 'dead', version: '62.0' });
    return {
      query: await refused(conn.query('SELECT Nope FROM Task')),
      type: await refused(conn.sobject('Nope').describe()),
      session: await refused(dead.query('SELECT Id FROM Task')),
    };
  },
};

steps[asked.step]().then(
  (found) => console.log(JSON.stringify(found)),
  (error) => { console.error(error); process.exit(1); },
);
