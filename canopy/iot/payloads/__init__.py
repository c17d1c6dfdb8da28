"""From the bytes of a message to readings: one module per payload format.

Every decoder takes a `Message` and `Limits` and answers with `Decoded` or `Undecodable`; none
raises, whatever the bytes. `dispatch` chooses the decoder by topic and content type.
"""
