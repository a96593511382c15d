// A worker on aws-sdk-go-v2 and go-sql-driver/mysql: so many pollers, each of which receives ten, inserts
// them with one statement and deletes them with one call.
package main

import (
	"context"
	"database/sql"
	"encoding/hex"
	"log"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/go-sql-driver/mysql"
)

const name = "dedup-id"

type worker struct {
	sqs   *sqs.Client
	db    *sql.DB
	queue *string
}

func main() {
	ctx := context.Background()
	pollers, err := strconv.Atoi(os.Getenv("POLLERS"))
	if err != nil || pollers < 1 {
		log.Fatal("POLLERS must be a number")
	}
	w := worker{sqs: client(ctx, pollers), db: database(ctx, pollers), queue: aws.String(os.Getenv("QUEUE_URL"))}
	log.Print("consuming")
	var all sync.WaitGroup
	for range pollers {
		all.Go(func() { w.poll(ctx) })
	}
	all.Wait()
}

// client keeps a connection for each poller: by default only ten would stay open while idle.
func client(ctx context.Context, pollers int) *sqs.Client {
	transport := awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) {
		t.MaxIdleConns, t.MaxIdleConnsPerHost = 2*pollers, 2*pollers
	})
	loaded, err := config.LoadDefaultConfig(ctx, config.WithHTTPClient(transport))
	if err != nil {
		log.Fatal(err)
	}
	return sqs.NewFromConfig(loaded)
}

// database lets the driver put values into the statement: one round trip an insert, not two or three.
func database(ctx context.Context, pollers int) *sql.DB {
	at, err := url.Parse(os.Getenv("DATABASE_URL"))
	if err != nil {
		log.Fatal("DATABASE_URL is no URL")
	}
	c := mysql.NewConfig()
	c.Net, c.Addr, c.DBName = "tcp", at.Host, strings.TrimPrefix(at.Path, "/")
	c.User = at.User.Username()
	c.Passwd, _ = at.User.Password()
	c.InterpolateParams = true
	connector, err := mysql.NewConnector(c)
	if err != nil {
		log.Fatal(err)
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(pollers)
	db.SetMaxIdleConns(pollers)
	if err := db.PingContext(ctx); err != nil {
		log.Fatal(err)
	}
	return db
}

func (w *worker) poll(ctx context.Context) {
	for {
		received, err := w.sqs.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
			QueueUrl:              w.queue,
			MaxNumberOfMessages:   10,
			WaitTimeSeconds:       20,
			MessageAttributeNames: []string{name},
		})
		if err != nil {
			log.Print("receive: ", err)
			continue
		}
		if len(received.Messages) == 0 {
			continue
		}
		if err := w.store(ctx, received.Messages); err != nil {
			log.Print("insert: ", err)
			continue
		}
		if err := w.delete(ctx, received.Messages); err != nil {
			log.Print("delete: ", err)
		}
	}
}

func (w *worker) store(ctx context.Context, messages []types.Message) error {
	values := make([]any, 0, 2*len(messages))
	for _, message := range messages {
		id, err := key(message)
		if err != nil {
			return err
		}
		values = append(values, id, *message.Body)
	}
	rows := strings.TrimSuffix(strings.Repeat("(?, ?), ", len(messages)), ", ")
	_, err := w.db.ExecContext(ctx, "INSERT IGNORE INTO messages (id, message) VALUES "+rows, values...)
	return err
}

// key is what the sender named the message, or else what SQS did.
func key(message types.Message) ([]byte, error) {
	id := *message.MessageId
	if given, ok := message.MessageAttributes[name]; ok && given.StringValue != nil {
		id = *given.StringValue
	}
	return hex.DecodeString(strings.ReplaceAll(id, "-", ""))
}

func (w *worker) delete(ctx context.Context, messages []types.Message) error {
	entries := make([]types.DeleteMessageBatchRequestEntry, len(messages))
	for i, message := range messages {
		entries[i] = types.DeleteMessageBatchRequestEntry{
			Id:            aws.String(strconv.Itoa(i)),
			ReceiptHandle: message.ReceiptHandle,
		}
	}
	deleted, err := w.sqs.DeleteMessageBatch(ctx, &sqs.DeleteMessageBatchInput{QueueUrl: w.queue, Entries: entries})
	if err != nil {
		return err
	}
	for _, failed := range deleted.Failed {
		log.Printf("not deleted: %s", aws.ToString(failed.Message))
	}
	return nil
}
