package dev.mabeam.consensus;

import dev.mabeam.link.LinkAddress;
import dev.mabeam.link.Packer;
import dev.mabeam.link.Unpacker;
import java.util.ArrayList;
import java.util.List;

/**
 * Who leads and who votes, as one log has it.
 *
 * @param leader null if none is known
 * @param configuration the index of the voters' configuration
 */
record GroupStatus(int term, Endpoint leader, List<Endpoint> voters, long configuration) {
  static final GroupStatus UNKNOWN = new GroupStatus(0, null, List.of(), 0);

  static GroupStatus of(Log.LogStatus status) {
    return new GroupStatus(
        status.term(), status.leader(), List.copyOf(status.voters()), status.configuration());
  }

  void encode(Packer to) {
    to.number(term).flag(leader != null);
    if (leader != null) {
      encode(leader, to);
    }
    to.number(configuration).number(voters.size());
    voters.forEach(voter -> encode(voter, to));
  }

  static GroupStatus decode(Unpacker from) {
    int term = (int) from.number();
    Endpoint leader = from.flag() ? endpoint(from) : null;
    long configuration = from.number();
    List<Endpoint> voters = new ArrayList<>();
    for (int left = from.count(); left > 0; left--) {
      voters.add(endpoint(from));
    }
    return new GroupStatus(term, leader, List.copyOf(voters), configuration);
  }

  private static void encode(Endpoint endpoint, Packer to) {
    to.text(endpoint.id()).text(endpoint.node()).text(endpoint.address().host());
    to.number(endpoint.address().port());
  }

  private static Endpoint endpoint(Unpacker from) {
    return new Endpoint(
        from.text(), from.text(), new LinkAddress(from.text(), (int) from.number()));
  }
}
