"""A second reader of .stone files, written from spec/format.md and the schema alone."""
