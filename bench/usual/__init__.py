"""The usual Django way: the same bar as a competent developer writes it in a day.

The ORM, Django REST framework, a Channels group for each screen and order, a Celery task for each event; with
SUBSCRIBERS=5, a task of one row for each subscriber and event. No holds, limits, retries, replays, outbox,
languages or clocks. It is helped where it would be unfairly slow: its workers keep their connections, and its
tables have the indexes they need.
"""
