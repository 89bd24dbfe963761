//! The laws of the graph, over random histories.
