"""The REST resources under /services/data/vNN.0/, one module per family."""
