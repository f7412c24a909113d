"""From a production plan to an MP4: layers, compositing, encoding, the mix and the master."""
