"""The story of one student from first login to digital profile: one module an act, one function a use of a page."""
