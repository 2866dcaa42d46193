<#import "template.ftl" as layout>
<#import "fields.ftl" as fields>
<#import "user-profile-commons.ftl" as profileFields>
<#import "register-commons.ftl" as registerCommons>
<@layout.registrationLayout displayMessage=messagesPerField.exists('global') displayRequiredFields=true; section>
  <#if section = "header">
    <#if messageHeader??>${kcSanitize(msg("${messageHeader}"))?no_esc}<#else>${msg("registerTitle")}</#if>
  <#elseif section = "form">
    <form class="form" id="kc-register-form" action="${url.registrationAction}" method="post" novalidate>
      <@profileFields.userProfileFormFields; callback, attribute>
        <#if callback = "afterField" && passwordRequired?? && attribute.name == 'username'>
          <@fields.field name="password" type="password" label=msg("password") hint=msg("passwordHint") error=messagesPerField.existsError('password')?then(messagesPerField.get('password'), "") autocomplete="new-password"/>
          <@fields.field name="password-confirm" type="password" label=msg("passwordConfirm") error=messagesPerField.existsError('password-confirm')?then(messagesPerField.get('password-confirm'), "") autocomplete="new-password"/>
        </#if>
      </@profileFields.userProfileFormFields>
      <@registerCommons.termsAcceptance/>
      <#if !passwordRequired??>
      <p class="kern-body">${msg("registerNext")}</p>
      </#if>
      <@fields.send text=msg("doRegister") id="kc-register" name="register"/>
      <p class="kern-body"><a class="kern-link" href="${url.loginUrl}">${msg("backToLogin")}</a></p>
    </form>
    <@fields.revealing/>
  </#if>
</@layout.registrationLayout>
