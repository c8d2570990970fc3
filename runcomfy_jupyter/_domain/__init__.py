"""What is true without a clock, a disk or a network."""
