"""Records and the test rows they are of -> one verdict a release, with its flags and objections."""
