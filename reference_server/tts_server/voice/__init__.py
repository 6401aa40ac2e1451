"""The embedded voice's files: where they come from, and how they become a graph that onnxruntime runs."""
