"""Two front ends over the engine: the studio and the command line. Neither imports what trains."""
