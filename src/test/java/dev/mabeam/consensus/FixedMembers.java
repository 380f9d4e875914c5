package dev.mabeam.consensus;

import dev.mabeam.link.LinkAddress;
import dev.mabeam.link.Member;
import java.util.Arrays;
import java.util.Collection;
import java.util.Optional;

/** These nodes, in the order of their admission, and no others. */
public record FixedMembers(Collection<Member> all) implements Members {
  /** Nodes {@code n1#1}, {@code n2#2} and so on. */
  public static FixedMembers of(int... numbers) {
    return new FixedMembers(Arrays.stream(numbers).mapToObj(FixedMembers::member).toList());
  }

  private static Member member(int number) {
    LinkAddress address = new LinkAddress("127.0.0.1", 7000 + number);
    return new Member("n" + number, number, address, address, address, "boot" + number);
  }

  @Override
  public Optional<Member> member(String nodeId) {
    return all.stream().filter(member -> member.id().equals(nodeId)).findAny();
  }
}
