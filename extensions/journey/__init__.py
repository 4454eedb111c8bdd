"""Journey: the life of an order as a picture and as a list of moments, live while it runs."""
