//! Until the producer is there.
#![allow(missing_docs)]
use acquit_outbound::Wire;
use aws_sdk_sqs::types::MessageAttributeValue;

#[derive(Debug)]
pub struct Producer<M> {
    sqs: aws_sdk_sqs::Client,
    url: String,
    kind: std::marker::PhantomData<fn(M)>,
}
impl<M> Clone for Producer<M> {
    fn clone(&self) -> Self {
        Self { sqs: self.sqs.clone(), url: self.url.clone(), kind: self.kind }
    }
}
impl<M: Wire> Producer<M> {
    pub async fn open(queue: &str) -> Result<Self, aws_sdk_sqs::Error> {
        let sqs =
            aws_sdk_sqs::Client::new(&aws_config::load_defaults(aws_config::BehaviorVersion::latest()).await);
        let url = if queue.contains("://") {
            queue.to_owned()
        } else {
            sqs.get_queue_url().queue_name(queue).send().await?.queue_url.unwrap_or_default()
        };
        Ok(Self { sqs, url, kind: std::marker::PhantomData })
    }
    pub fn url(&self) -> &str {
        &self.url
    }
    pub async fn send(&self, m: &M) -> Result<(), aws_sdk_sqs::Error> {
        let out = m.outgoing().unwrap();
        let v = MessageAttributeValue::builder().data_type("String").string_value(out.dedup_id).build()?;
        self.sqs
            .send_message()
            .queue_url(&self.url)
            .message_body(out.body)
            .message_attributes("dedup-id", v)
            .send()
            .await?;
        Ok(())
    }
    pub async fn close(&self, _: std::time::Duration) {}
}
