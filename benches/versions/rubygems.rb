# Version comparisons a second with Gem::Version; see run.py for what is read and printed.
require 'rubygems'

pairs = File.readlines(ARGV[0], chomp: true, encoding: 'UTF-8').map { |line| line.split("\t") }
spent = -> { Process.clock_gettime(Process::CLOCK_PROCESS_CPUTIME_ID) }

# Gem::Version keeps the versions it has made; `allocate` makes it read the text each time, as the others do.
READ = ->(text) { Gem::Version.allocate.tap { |version| version.send(:initialize, text) } }

compare = lambda do |a, b|
  (READ.call(a) <=> READ.call(b))
rescue ArgumentError
  2
end

best = 0
5.times do
  start, elapsed, done = spent.call, 0, 0
  while elapsed < ARGV[1].to_f / 1e3 / 5
    (1 + 1_000 / pairs.size).times do
      pairs.each { |a, b| compare.call(a, b) }
      done += pairs.size
    end
    elapsed = spent.call - start
  end
  best = [best, done / elapsed].max
end
puts best.round
pairs.each { |a, b| puts '<=>!'[compare.call(a, b) + 1] }
