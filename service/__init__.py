"""Store, serve and review: database, evidence, attendance, web pages, command line."""
