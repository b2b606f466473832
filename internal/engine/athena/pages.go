package athena

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/athena"
)

const pageRows = 1000 // GetQueryResults' limit

// pages reads a result's pages in order and keeps one on its way while the
// last one is used. At most one goroutine runs, and close waits for it.
type pages struct {
	client *athena.Client
	id     string
	ctx    context.Context // ends at close
	cancel context.CancelFunc
	coming chan page // the page on its way; nil after the last one
}

type page struct {
	out *athena.GetQueryResultsOutput
	err error
}

// newPages asks for the first page. The pages outlive ctx, whose values alone
// are kept: only close ends them.
func newPages(ctx context.Context, client *athena.Client, id string) *pages {
	p := &pages{client: client, id: id}
	p.ctx, p.cancel = context.WithCancel(context.WithoutCancel(ctx))
	p.ask(nil)
	return p
}

func (p *pages) ask(next *string) {
	coming := make(chan page, 1) // holds the page even when nobody waits
	p.coming = coming
	go func() {
		out, err := p.client.GetQueryResults(p.ctx, &athena.GetQueryResultsInput{
			QueryExecutionId: aws.String(p.id),
			MaxResults:       aws.Int32(pageRows),
			NextToken:        next,
		})
		coming <- page{out, err}
	}()
}

// wait returns the next page and asks for the one behind it; nil after the last.
func (p *pages) wait(ctx context.Context) (*athena.GetQueryResultsOutput, error) {
	if p.coming == nil {
		return nil, nil
	}
	select {
	case got := <-p.coming:
		p.coming = nil
		if got.err != nil {
			return nil, got.err
		}
		if aws.ToString(got.out.NextToken) != "" {
			p.ask(got.out.NextToken)
		}
		return got.out, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

func (p *pages) close() {
	p.cancel()
	if p.coming != nil {
		<-p.coming
		p.coming = nil
	}
}
