/*
 * Plays one story with Eclipse Paho's C client (the blocking MQTTClient) against a broker, and prints what it heard.
 *
 * usage: paho-story PORT 4|5 [FOLDER with ca.pem, client.pem and client.key, to go over TLS]
 */
#include <MQTTClient.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const int patience = 20000;
static int version;
static char url[64], trust[256], certificate[256], key[256];
static int secure;

static void check(int code, const char *what) {
  if (code == MQTTCLIENT_SUCCESS) return;
  fprintf(stderr, "%s: %d\n", what, code);
  exit(1);
}

static MQTTClient person(const char *name, int kept, const char *will) {
  MQTTClient client;
  MQTTClient_createOptions creation = MQTTClient_createOptions_initializer;
  MQTTClient_connectOptions three = MQTTClient_connectOptions_initializer;
  MQTTClient_connectOptions five = MQTTClient_connectOptions_initializer5;
  MQTTClient_connectOptions options = version == 5 ? five : three;
  MQTTClient_willOptions wish = MQTTClient_willOptions_initializer;
  MQTTClient_SSLOptions tls = MQTTClient_SSLOptions_initializer;
  MQTTProperties properties = MQTTProperties_initializer;
  creation.MQTTVersion = version;
  check(MQTTClient_createWithOptions(&client, url, name, MQTTCLIENT_PERSISTENCE_NONE, NULL, &creation), "create");
  options.keepAliveInterval = 30;
  options.MQTTVersion = version;
  if (will) {
    wish.topicName = will;
    wish.message = "lost";
    wish.qos = 2;
    options.will = &wish;
  }
  if (secure) {
    tls.trustStore = trust;
    tls.keyStore = certificate;
    tls.privateKey = key;
    tls.verify = 1;
    options.ssl = &tls;
  }
  if (version == 5) {
    MQTTProperty expiry = {.identifier = MQTTPROPERTY_CODE_SESSION_EXPIRY_INTERVAL, .value.integer4 = kept ? 60 : 0};
    options.cleanstart = !kept;
    MQTTProperties_add(&properties, &expiry);
    MQTTResponse response = MQTTClient_connect5(client, &options, &properties, NULL);
    check(response.reasonCode, "connect");
    MQTTResponse_free(response);
    MQTTProperties_free(&properties);
  } else {
    options.cleansession = !kept;
    check(MQTTClient_connect(client, &options), "connect");
    printf("%s: session %s\n", name, options.returned.sessionPresent ? "present" : "new");
  }
  return client;
}

static void leave(MQTTClient client) {
  if (version == 5) check(MQTTClient_disconnect5(client, patience, MQTTREASONCODE_SUCCESS, NULL), "disconnect");
  else check(MQTTClient_disconnect(client, patience), "disconnect");
  MQTTClient_destroy(&client);
}

static void subscribe(MQTTClient client, const char *filter, int qos) {
  if (version == 5) {
    MQTTResponse response = MQTTClient_subscribe5(client, filter, qos, NULL, NULL);
    if ((int)response.reasonCode != qos) check(-1000 - response.reasonCode, filter);
    MQTTResponse_free(response);
  } else check(MQTTClient_subscribe(client, filter, qos), filter);
}

static void publish(MQTTClient client, const char *topic, const char *text, int qos, int retained) {
  MQTTClient_deliveryToken token;
  if (version == 5) {
    MQTTResponse response = MQTTClient_publish5(client, topic, strlen(text), text, qos, retained, NULL, &token);
    if (response.reasonCode >= 0x80) check(response.reasonCode, topic);
    MQTTResponse_free(response);
  } else check(MQTTClient_publish(client, topic, strlen(text), text, qos, retained, &token), topic);
  if (qos > 0) check(MQTTClient_waitForCompletion(client, token, patience), "acknowledgement");
}

static void hear(MQTTClient client, int count) {
  while (count-- > 0) {
    char *topic = NULL;
    int size;
    MQTTClient_message *message = NULL;
    int code = MQTTClient_receive(client, &topic, &size, &message, patience);
    if (code != MQTTCLIENT_TOPICNAME_TRUNCATED) check(code, "receive");
    if (!message) check(-2000, "nothing came");
    printf("%s %.*s %d%s\n", topic, message->payloadlen, (char *)message->payload, message->qos, message->retained ? " retained" : "");
    MQTTClient_freeMessage(&message);
    MQTTClient_free(topic);
  }
}

static void everyQos(void) {
  MQTTClient client = person("every", 0, NULL);
  subscribe(client, "every/+", 2);
  publish(client, "every/0", "at 0", 0, 0);
  hear(client, 1);
  publish(client, "every/1", "at 1", 1, 0);
  hear(client, 1);
  publish(client, "every/2", "at 2", 2, 0);
  hear(client, 1);
  leave(client);
}

static void retainedMessages(void) {
  MQTTClient publisher = person("publisher", 0, NULL), reader = person("reader", 0, NULL);
  publish(publisher, "state/door", "open", 1, 1);
  publish(publisher, "state/lamp", "on", 2, 1);
  publish(publisher, "state/door", "", 1, 1);
  subscribe(reader, "state/#", 2);
  hear(reader, 1);
  publish(publisher, "state/end", "end", 1, 0);
  hear(reader, 1);
  leave(publisher);
  leave(reader);
}

/* A process of its own, so that it can end without a DISCONNECT. */
static void lose(const char *name, const char *will) {
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    person(name, 0, will);
    _exit(0);
  }
  int status;
  if (child < 0 || waitpid(child, &status, 0) < 0 || status != 0) check(-3000, "the child");
}

static void wills(void) {
  MQTTClient watcher = person("watcher", 0, NULL);
  subscribe(watcher, "wills/+", 2);
  lose("lost", "wills/lost");
  hear(watcher, 1);
  leave(person("left", 0, "wills/left"));
  publish(watcher, "wills/end", "end", 1, 0);
  hear(watcher, 1);
  leave(watcher);
}

/* The client hands over QoS 1 at its PUBLISH, QoS 2 at its PUBREL: order holds within one QoS. */
static void kept(void) {
  MQTTClient first = person("kept", 1, NULL), publisher = person("publisher", 0, NULL);
  char text[8];
  subscribe(first, "kept", 2);
  leave(first);
  for (int n = 0; n < 5; n++) {
    snprintf(text, sizeof text, "%d", n);
    publish(publisher, "kept", text, n < 3 ? 1 : 2, 0);
  }
  MQTTClient again = person("kept", 1, NULL);
  hear(again, 5);
  leave(again);
  leave(publisher);
}

int main(int count, char **words) {
  if (count < 3) return 2;
  version = atoi(words[2]);
  secure = count > 3;
  snprintf(url, sizeof url, "%s://localhost:%s", secure ? "ssl" : "tcp", words[1]);
  if (secure) {
    snprintf(trust, sizeof trust, "%s/ca.pem", words[3]);
    snprintf(certificate, sizeof certificate, "%s/client.pem", words[3]);
    snprintf(key, sizeof key, "%s/client.key", words[3]);
    MQTTClient_init_options once = MQTTClient_init_options_initializer;
    once.do_openssl_init = 1;
    MQTTClient_global_init(&once);
  }
  everyQos();
  retainedMessages();
  wills();
  kept();
  return 0;
}
