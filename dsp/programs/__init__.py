"""Programs that come with dsp, by the names that the command line takes."""
