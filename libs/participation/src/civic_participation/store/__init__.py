"""Tables that every tool keeps."""
