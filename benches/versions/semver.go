// Version comparisons a second with golang.org/x/mod/semver; see run.py for what is read and printed.
package main

import (
	"bufio"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/mod/semver"
)

// Modules of Go are written with a v, records about them without.
func written(version string) string {
	if strings.HasPrefix(version, "v") {
		return version
	}
	return "v" + version
}

func spent() float64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	total := usage.Utime.Nano() + usage.Stime.Nano()
	return float64(total) / 1e9
}

func main() {
	file, err := os.Open(os.Args[1])
	if err != nil {
		panic(err)
	}
	var pairs [][2]string
	for lines := bufio.NewScanner(file); lines.Scan(); {
		a, b, _ := strings.Cut(lines.Text(), "\t")
		pairs = append(pairs, [2]string{written(a), written(b)})
	}
	milliseconds, _ := strconv.ParseFloat(os.Args[2], 64)
	best, sink := 0.0, 0
	for round := 0; round < 5; round++ {
		start, elapsed, done := spent(), 0.0, 0
		for elapsed < milliseconds/1e3/5 {
			for again := 0; again <= 10000/len(pairs); again++ {
				for _, pair := range pairs {
					sink += semver.Compare(pair[0], pair[1])
				}
				done += len(pairs)
			}
			elapsed = spent() - start
		}
		if rate := float64(done) / elapsed; rate > best {
			best = rate
		}
	}
	fmt.Printf("%.0f\n", best)
	for _, pair := range pairs {
		if !semver.IsValid(pair[0]) || !semver.IsValid(pair[1]) {
			fmt.Println("!")
		} else {
			fmt.Println(string("<=>"[semver.Compare(pair[0], pair[1])+1]))
		}
	}
	if sink == 1<<62 {
		fmt.Fprintln(os.Stderr, sink)
	}
}
