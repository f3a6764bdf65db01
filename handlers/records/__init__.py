"""How long records are kept, and how one customer's data are taken out or erased (E9)."""
