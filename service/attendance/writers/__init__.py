"""Writers of attendance reports: XLSX, PDF, CSV, JSON. `forms` chooses among them."""
