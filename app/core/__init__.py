"""The ground floor: database, rights, jobs, files, mail, words. No FastAPI, no subject of the forum."""
