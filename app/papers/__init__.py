"""Papers: DOCX, PDF and zip files, made by jobs from the same words as the pages."""
