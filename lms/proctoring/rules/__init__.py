"""Pure rules of identity and proctoring: no Flask, no SQLAlchemy, no clock, no OpenCV."""
