"""Publishing: a notebook becomes a report folder of HTML, PDF, workbook, data and manifest."""
