"""Nearest neighbours by vectors, for engine `faiss`: how they are laid out on disk, built, tuned and searched.

Nothing here imports FAISS: the module is handed in by `indexes.engines.faiss`, the one file that does. And FAISS reads
no file of ours: what it searches is put together from plain arrays, whose sizes and numbers are checked before.
"""
