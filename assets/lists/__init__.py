"""Pages of the newest assets that somebody may see, at any size of the warehouse.

A row filter makes a page cheap only where most rows pass it: for somebody who sees twelve drafts among a million assets
all of them would be searched. So a page is put together from the newest rows of the few places where the reader sees
anything (``permissions.rows.places``), each read in the order of an index and no further than the page needs, and
``visible_to`` judges what is found. ``docs/decisions/0017`` has the measurements.
"""
