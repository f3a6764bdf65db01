"""What is remembered: one store, its transactions and the repositories inside them."""

from storage.database import Store, StoreClosed, StoreProblem, StoreUnavailable, open_store
from storage.transaction import Tx

__all__ = ["Store", "StoreClosed", "StoreProblem", "StoreUnavailable", "Tx", "open_store"]
