"""Every command of the program: its arguments beside what it does."""
