"""What is taken in from files: tables row by row, old meeting pages, and the addresses they had."""
