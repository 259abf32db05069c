"""What the four training scripts share: reading tables, fitting small nets, writing the report."""
