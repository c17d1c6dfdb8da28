"""Features made ready beside the assets, so that the busiest answers are only put together.

What the public and operators see of every asset is kept as it goes out: cut by the policy,
in longitude and latitude, as text. A write to `asset` notes its rows in `pending_feature`
(a trigger does, whoever writes), and while anything is noted there nothing is answered from
here: what is ready is right, or it is not used. PostgreSQL only.
"""
