"""Pages of courses: list, course, lesson player, media, the teacher's view."""
