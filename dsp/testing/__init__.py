"""Fakes and contracts, public: test your programs and your strategies as ours are tested, offline."""
