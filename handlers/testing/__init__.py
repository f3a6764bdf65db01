"""A desk without a database, for tests and for trying flows out: the repositories in memory.

`MemoryTx` has the same repositories as `storage.Tx`, as far as handlers use them, so that the real
`Desk` runs on it. Nothing is rolled back.
"""

from handlers.testing.desk import MemoryTx, memory_desk

__all__ = ["MemoryTx", "memory_desk"]
