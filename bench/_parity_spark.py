"""Answer statements with Spark: a process of its own, which ends with the last of them."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pyarrow.parquet as pq
from pyspark.sql import SparkSession

SETTINGS = {
    "spark.ui.enabled": "false",
    "spark.driver.memory": "1g",
    "spark.driver.host": "127.0.0.1",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.shuffle.partitions": "1",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.codegen.wholeStage": "true",
    "spark.log.level": "ERROR",
}


def main(folder: Path) -> None:
    """Read the tables and the statements of a folder, and write each answer there."""
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    builder = SparkSession.builder.master("local[1]").appName("pfkit")
    for name, value in SETTINGS.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    try:
        for path in sorted(folder.glob("*.parquet")):
            session.read.parquet(str(path)).createOrReplaceTempView(path.stem)
        statements = json.loads((folder / "statements.json").read_text(encoding="utf-8"))
        for place, sql in enumerate(statements.values()):
            pq.write_table(session.sql(sql).toArrow(), folder / f"answer-{place}.parquet")
    finally:
        session.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
