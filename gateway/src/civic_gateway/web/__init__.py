"""What pages and the JSON API share with their readers: words, templates, static files."""
