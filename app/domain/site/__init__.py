"""What admins set without a new version: logo, texts, the wording of mails, names of statuses."""
