import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.TimeWindows;
import org.apache.kafka.streams.state.Stores;
import org.apache.kafka.streams.state.WindowStore;

/**
 * Counts the events of each user in windows of event time: one thread, a store in memory with its changelog, commits
 * every five seconds, 50 MB of cache before the changelog. Prints one JSON object: events, seconds on the wall
 * and of the process's CPU from the first event to the last, and updates that came out.
 *
 * java WindowedCount BROKERS tumbling|hopping EVENTS
 */
public class WindowedCount {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration LATENESS = Duration.ofSeconds(10);

  public static void main(String[] args) throws Exception {
    String brokers = args[0];
    TimeWindows windows = windowsOf(args[1]);
    long events = Long.parseLong(args[2]);
    AtomicLong seen = new AtomicLong();
    AtomicLong updates = new AtomicLong();
    Path state = Files.createTempDirectory("kafka-streams-peer");

    KafkaStreams streams = new KafkaStreams(topology(windows, seen, updates).build(), settings(brokers, state));
    OperatingSystemMXBean machine = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    streams.start();
    while (seen.get() == 0) Thread.sleep(2);
    long cpu = machine.getProcessCpuTime();
    long wall = System.nanoTime();
    while (seen.get() < events) Thread.sleep(5);
    double cpuSeconds = (machine.getProcessCpuTime() - cpu) / 1e9;
    double wallSeconds = (System.nanoTime() - wall) / 1e9;
    System.out.printf(
        java.util.Locale.ROOT,
        "{\"events\":%d,\"wall_s\":%.3f,\"cpu_s\":%.3f,\"updates\":%d}%n",
        events, wallSeconds, cpuSeconds, updates.get());
    streams.close(Duration.ofSeconds(10));
  }

  private static TimeWindows windowsOf(String kind) {
    return switch (kind) {
      case "tumbling" -> TimeWindows.ofSizeAndGrace(Duration.ofMinutes(1), LATENESS);
      case "hopping" -> TimeWindows.ofSizeAndGrace(Duration.ofMinutes(5), LATENESS).advanceBy(Duration.ofMinutes(1));
      default -> throw new IllegalArgumentException("expected tumbling or hopping, got " + kind);
    };
  }

  private static StreamsBuilder topology(TimeWindows windows, AtomicLong seen, AtomicLong updates) {
    Materialized<String, Long, WindowStore<Bytes, byte[]>> counts =
        Materialized.<String, Long>as(
                Stores.inMemoryWindowStore("counts", Duration.ofMinutes(10), Duration.ofMillis(windows.size()), false))
            .withKeySerde(Serdes.String())
            .withValueSerde(Serdes.Long())
            .withCachingEnabled()
            .withLoggingEnabled(Map.of());
    Deserializer<JsonNode> parse = (topic, bytes) -> {
      try {
        return JSON.readTree(bytes);
      } catch (IOException error) {
        throw new UncheckedIOException(error);
      }
    };
    Serde<JsonNode> event = Serdes.serdeFrom((topic, node) -> node.toString().getBytes(), parse);
    StreamsBuilder builder = new StreamsBuilder();
    builder
        .stream(
            "shop.events",
            Consumed.with(Serdes.String(), event)
                .withTimestampExtractor((record, partitionTime) -> ((JsonNode) record.value()).get("at_ms").asLong()))
        .peek((user, value) -> seen.incrementAndGet())
        .groupByKey(Grouped.with(Serdes.String(), event))
        .windowedBy(windows)
        .count(counts)
        .toStream()
        .foreach((window, count) -> updates.incrementAndGet());
    return builder;
  }

  private static Properties settings(String brokers, Path state) {
    Properties settings = new Properties();
    settings.put("application.id", "peer-" + System.nanoTime());
    settings.put("bootstrap.servers", brokers);
    settings.put("auto.offset.reset", "earliest");
    settings.put("num.stream.threads", "1");
    settings.put("commit.interval.ms", "5000");
    settings.put("statestore.cache.max.bytes", String.valueOf(50 << 20));
    settings.put("max.poll.records", "5000");
    settings.put("state.dir", state.toString());
    return settings;
  }
}
