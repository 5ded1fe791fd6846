"""A room in this process: WebRTC by aiortc, pictures and sound passed on as they come. For small meetings."""
