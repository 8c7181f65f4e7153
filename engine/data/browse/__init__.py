"""Looking through rows: search, filters, sorting and what they count, over Arrow columns and with bounded memory.

    Records -> pieces (one record batch each) -> values (one array a field) -> search, filters, order, measures

Every module here loads numpy and pyarrow: front ends import them when they are first needed.
"""
