"""Where the passages themselves lie. One kind of store, one file."""
