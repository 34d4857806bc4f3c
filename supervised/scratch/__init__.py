"""What PyTorch does under the hood, written out; each is held against PyTorch in the tests."""
