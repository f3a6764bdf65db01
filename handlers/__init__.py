"""What the desk does for customers: flows (`handlers.flows`) and the service rules they follow."""
