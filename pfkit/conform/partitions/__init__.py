"""Sources too large for memory: conformed once, file by file, and kept as monthly partitions.

A source with ``partitioned = true`` goes the way of every other source, on bounded batches: the
same expressions map, value and settle the rows of each file, and what a row's own columns decide
is written down by month as Parquet in ``BOOK/.pfkit/partitions``. The rest of its rows, those
held back and those that share a key with another row, go through the ordinary way together, so
that what depends on other rows is decided by the code that decides it everywhere. The engine then
sees both as one table, ``rows_<source>``, whose partitions stay on disk until a query reads them.

`stats`
    Which files did not change since they were read (path, size, times, inode -> digest).
`store`
    A file's partitions under one digest: of its bytes, the declaration, the contract, this code,
    and what the rows refer to. Written apart and renamed; damage is noticed and means "not there".
`used`
    What the rows of a file refer to: rates of their days, values of maps and dimensions. A new
    month's rates or products leave the partitions of other months standing.
`build`
    One file, batch by batch, into partitions.
`marks`
    Rows of different batches and files with the same key, by sorted digests of 8 bytes.
`load`
    All files of a source: known from before, or built.
`widen`
    Partitions and the rest as one table of the engine.
`sums`
    Sums by group, kept per file: what a report asks of an unchanged month is not read again.

The folder is a cache. It may be deleted at any time, holds nothing that the files do not, and a
book opened without it is the same to the bit.
"""
