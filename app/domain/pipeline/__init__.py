"""The way of an idea and of a project, and what stops them."""
