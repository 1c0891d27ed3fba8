# Version comparisons a second with R's package_version; see run.py for what is read and printed.
arguments <- commandArgs(trailingOnly = TRUE)
pairs <- strsplit(readLines(arguments[1]), "\t", fixed = TRUE)
budget <- as.numeric(arguments[2]) / 1e3 / 5
compare <- function(pair) tryCatch({
  a <- package_version(pair[1]); b <- package_version(pair[2])
  if (a < b) "<" else if (a == b) "=" else ">"
}, error = function(problem) "!")
spent <- function() sum(proc.time()[1:2])
best <- 0
for (round in 1:5) {
  start <- spent(); elapsed <- 0; done <- 0
  while (elapsed < budget) {
    for (pair in pairs) compare(pair)
    done <- done + length(pairs)
    elapsed <- spent() - start
  }
  best <- max(best, done / elapsed)
}
cat(sprintf("%.0f\n", best))
for (pair in pairs) cat(compare(pair), "\n", sep = "")
