"""Arrays -> numbers: accuracies, concordance, verification, likeness of pictures, intervals, certificates, fronts."""
