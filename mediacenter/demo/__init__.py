"""A believable set of agencies, people and assets, all made by the project itself, to try the product with."""
