package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"sync"

	"github.com/fairleadhq/fairlead/internal/app"
	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/engine/all"
	"github.com/fairleadhq/fairlead/internal/result"
	"github.com/fairleadhq/fairlead/internal/term"
)

// queryTogether is the program `query-together N TARGET SQL`: one process with
// N connections of its own, which all run the statement at the same time and
// may log in, as a room with many tabs does. It prints the rows of each.
func queryTogether(args []string) int {
	n, err := strconv.Atoi(args[0])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	r := &room{streams: term.System(), env: os.Getenv, specs: all.Specs(), loginAllowed: true}
	rows, errs := make([]int64, n), make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { rows[i], errs[i] = r.countRows(context.Background(), args[1], args[2]) })
	}
	wg.Wait()
	for _, count := range rows {
		fmt.Println("rows", count)
	}
	return r.exit(errors.Join(errs...))
}

func (r *room) countRows(ctx context.Context, target, text string) (rows int64, err error) {
	conn, err := r.connect(ctx, target, app.Overrides{})
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	stream, err := conn.Run(ctx, engine.Statement{Text: text}, app.RunOptions{})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, stream.Close()) }()
	return drain(ctx, stream)
}

func drain(ctx context.Context, stream result.Stream) (rows int64, err error) {
	for {
		batch, err := stream.Next(ctx)
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return rows, err
		}
		rows += batch.NumRows()
		batch.Release()
	}
}

// follow is the program `follow URL`: a browser that opens a page and goes
// where it is sent.
func follow(args []string) int {
	resp, err := http.Get(args[0])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		fmt.Fprintln(os.Stderr, resp.Status)
		return 1
	}
	return 0
}
