package dev.mabeam.disk;

import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;

/** {@link Disk} on a directory, which one process at a time may have open. */
public final class FileDisk implements Disk {
  private static final String LOCK = "lock";

  private final Path directory;
  private final FileChannel lock;

  private FileDisk(Path directory, FileChannel lock) {
    this.directory = directory;
    this.lock = lock;
  }

  /** Fails if another process has it. */
  public static FileDisk open(Path directory) throws IOException {
    Files.createDirectories(directory);
    FileChannel lock =
        FileChannel.open(
            directory.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    if (!lock(lock)) {
      lock.close();
      throw new IOException(directory + " is in use by another process");
    }
    return new FileDisk(directory, lock);
  }

  /** What is made of a directory. */
  @FunctionalInterface
  public interface Opening<T> {
    T of(FileDisk disk) throws IOException;
  }

  /** Opens the directory for what is made of it; if that fails nobody has it. */
  public static <T> T open(Path directory, Opening<T> opening) throws IOException {
    FileDisk disk = open(directory);
    try {
      return opening.of(disk);
    } catch (IOException | RuntimeException unusable) {
      disk.close();
      throw unusable;
    }
  }

  private static boolean lock(FileChannel channel) throws IOException {
    try {
      FileLock held = channel.tryLock();
      return held != null;
    } catch (OverlappingFileLockException here) {
      return false;
    }
  }

  @Override
  public List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files
          .filter(Files::isRegularFile)
          .map(file -> file.getFileName().toString())
          .filter(name -> !name.equals(LOCK))
          .sorted()
          .toList();
    }
  }

  @Override
  public Buffer read(String name) throws IOException {
    return Buffer.buffer(Files.readAllBytes(directory.resolve(name)));
  }

  @Override
  public Output append(String name) throws IOException {
    FileChannel channel =
        FileChannel.open(
            directory.resolve(name),
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE,
            StandardOpenOption.APPEND);
    return new Output() {
      @Override
      public void write(Buffer bytes) throws IOException {
        ByteBuffer rest = ByteBuffer.wrap(bytes.getBytes());
        while (rest.hasRemaining()) {
          channel.write(rest);
        }
      }

      @Override
      public void force() throws IOException {
        channel.force(false);
      }

      @Override
      public void close() throws IOException {
        channel.close();
      }
    };
  }

  @Override
  public void truncate(String name, long length) throws IOException {
    try (FileChannel channel =
        FileChannel.open(directory.resolve(name), StandardOpenOption.WRITE)) {
      channel.truncate(length);
      channel.force(true);
    }
  }

  @Override
  public void delete(String name) throws IOException {
    Files.deleteIfExists(directory.resolve(name));
  }

  @Override
  public void rename(String from, String to) throws IOException {
    Files.move(
        directory.resolve(from), directory.resolve(to), StandardCopyOption.ATOMIC_MOVE);
  }

  @Override
  public void forceNames() throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  @Override
  public void close() throws IOException {
    lock.close();
  }

  @Override
  public String toString() {
    return directory.toString();
  }
}
